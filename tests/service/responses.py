"""Questionnaires and the responses to them, in FHIR JSON.

It must not know what an answer should lead to.
Its tests are those that use it.
"""

from tests.builders import SNOMED, Resource

HEADACHE = {"system": SNOMED, "code": "25064002"}
URL = "https://forms.example/headache"


def response(*items: Resource, **more: object) -> Resource:
    """A completed response of a few days ago."""
    shared = {"status": "completed", "authored": "2026-06-10", "item": list(items)}
    return {"resourceType": "QuestionnaireResponse", **shared, **more}


def item(*answers: Resource, link: str = "1", **more: object) -> Resource:
    """The answers to one question."""
    return {"linkId": link, "answer": list(answers), **more}


def form(*items: Resource, **more: object) -> Resource:
    """A Questionnaire; without items it asks for a headache, twice."""
    asked = items or ({"linkId": "1", "code": [HEADACHE]}, {"linkId": "2", "code": [HEADACHE]})
    return {"resourceType": "Questionnaire", "id": "q", "url": URL, "status": "active", "item": list(asked), **more}


def asked(*answers: Resource, **more: object) -> Resource:
    """A response whose one question is coded as headache, by a Questionnaire that it contains."""
    return response(item(*answers), questionnaire="#q", contained=[form()], **more)
