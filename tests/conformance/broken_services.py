"""Services that differ from the good one in a single thing, and the one check that has to see it.

It must not break two things at once.
Its tests are in test_broken_services.py.
"""

import json
from dataclasses import replace
from functools import partial

from tests.conformance.breaking import (
    FEEDBACK,
    action,
    answering,
    calls,
    card,
    chatty,
    conditions,
    constant_uuid,
    drops,
    echoes,
    entry,
    feedbacks,
    gives,
    has_context,
    item,
    link,
    no_cards,
    plain_feedback,
    prefetch,
    refuses_repeats,
    response,
    same_uuids,
    second,
    sets,
    suggestion,
    template,
    trusting,
    twice,
    two_chosen,
    user,
    with_nan,
    without_cors,
)
from tests.conformance.good_service import ID, PATH, RAW_KEY, Answer, GoodService

Broken = tuple[str, GoodService]

TRANSPORT: dict[str, Broken] = {
    "JSON is declared as a web page": (
        "T01.type",
        answering(lambda r: r.path == PATH, lambda a: Answer(a.status, a.body, type="text/html", headers=a.headers)),
    ),
    "a value is NaN": ("Z04", calls(lambda _b: True, lambda a: with_nan(a) if a.status == 200 else a)),
    "an element stands twice": ("Z04.names", calls(lambda _b: True, lambda a: twice(a) if a.status == 200 else a)),
}
DISCOVERY: dict[str, Broken] = {
    "discovery is an error": ("D01", answering(lambda r: r.path == "/cds-services", gives(500))),
    "services is an object": ("D01", GoodService(discovery=lambda d: {"services": {"good": d["services"][0]}})),
    "an entry has no description": ("D03", entry(drops("description"))),
    "a description is blank": ("D03", entry(sets(description="  "))),
    "an entry has no title": ("D04", entry(drops("title"))),
    "an element of discovery is null": ("D05", entry(sets(usageRequirements=None))),
    "the requirements are an array": ("D06", entry(sets(usageRequirements=["conditions"]))),
    "the hook's version was never published": ("D06.hook", entry(sets(hookVersion="2.0"))),
    "an entry has an element of its own": ("D06.names", entry(sets(vendor="me"))),
    "an entry's extension is a text": ("D06.extension", entry(sets(extension="me"))),
    "an entry's extension has a bare key": ("D06.extension", entry(sets(extension={"vendor": {"a": 1}}))),
    "the version is no semantic version": ("D07", entry(sets(version="2.0"))),
    "an entry stands twice": ("D08", GoodService(discovery=lambda d: second(d, sets(title="Again")))),
    "the service answers under another path": (
        "D10",
        answering(lambda r: (r.method, r.path) == ("POST", PATH), gives(404)),
    ),
    "another entry's id holds a slash": ("D10.path", GoodService(discovery=lambda d: second(d, sets(id="a/b")))),
    "a template is an object": ("D11", entry(lambda one: one["prefetch"].update(more={"query": "Patient"}))),
    "prefetch is an array": ("D11", GoodService(discovery=lambda d: second(d, sets(prefetch=["Patient"], id="two")))),
    "a template is an absolute URL": ("D12", template("https://ehr.example/Patient/{{context.patientId}}")),
    "a template is an operation": ("D12", template("Patient/{{context.patientId}}/$everything")),
    "a token is outside the grammar": ("D13", template("Patient/{{patient.id}}")),
    "a token names what the hook does not give": ("D13", template("Condition?subject={{context.draftOrders}}")),
    "a token is not closed": ("D13", template("Patient/{{context.patientId")),
    "a token needs version 3": ("D14", template("Encounter?date=ge{{today() - 90 days}}")),
    "a search is chained": ("D15", template("Observation?patient.name=x")),
    "a search uses another prefix": ("D15", template("Observation?date=ap2024-01-01")),
    "a parameter is repeated": ("D15.repeat", template("Observation?date=ge2024-01-01&date=le2025-01-01")),
}
CALL: dict[str, Broken] = {
    "cards is null": ("S01", GoodService(response=lambda one: {**one, "cards": None} if one["cards"] else one)),
    "nothing to say is a 204": ("S05", calls(lambda b: "quiet" in json.dumps(b), lambda _a: Answer(204, content=b""))),
    "missing data are silence": ("S03", calls(lambda b: "prefetch" not in b, no_cards)),
    "missing data are a 400": ("S03", calls(lambda b: "prefetch" not in b, gives(400))),
    "a 412 is bare": (
        "S04",
        answering(lambda r: r.path == PATH, lambda a: Answer(412, {"why": "?"}) if a.status == 412 else a),
    ),
    "null is taken for an error": ("S06", calls(lambda b: conditions(b) is None, gives(400))),
    "an empty Bundle is taken for an error": (
        "S09",
        calls(lambda b: isinstance(conditions(b), dict) and conditions(b).get("entry") == [], gives(422)),
    ),
    "an OperationOutcome breaks it": (
        "S07",
        calls(lambda b: isinstance(conditions(b), dict) and "issue" in conditions(b), gives(500)),
    ),
    "a web page under a key breaks it": ("S08", calls(lambda b: "<html>" in str(conditions(b)), gives(500))),
    "a key that is left out breaks it": (
        "S10",
        calls(lambda b: "conditions" in prefetch(b) and "patient" not in prefetch(b), gives(500)),
    ),
    "a key that was not asked for breaks it": ("S11", calls(lambda b: len(prefetch(b)) > 2, gives(400))),
    "a next page breaks it": ("S13", calls(lambda b: "page/2" in json.dumps(b), gives(500))),
    "a foreign extension breaks it": ("S14", calls(lambda b: "extension" in b, gives(400))),
    "an unknown element breaks it": ("S14.unknown", calls(lambda b: "conformanceUnknown" in b, gives(400))),
    "only version 4 of UUIDs is taken": ("S15", calls(lambda b: str(b.get("hookInstance"))[14:15] in "17", gives(400))),
    "only lower case is taken in UUIDs": (
        "S15",
        calls(lambda b: str(b.get("hookInstance")) != str(b.get("hookInstance")).lower(), gives(400)),
    ),
    "only practitioners are taken": ("S16", calls(lambda b: user(b).startswith("RelatedPerson"), gives(400))),
    "an encounter breaks it": ("S17", calls(lambda b: has_context(b, "encounterId"), gives(400))),
    "malformed JSON is a 500": ("E01", answering(lambda r: r.path == PATH and r.content.endswith(b"{"), gives(500))),
    "a call without context is a 200": ("E03", calls(lambda b: "context" not in b, no_cards)),
    "a call without hookInstance is a 200": ("E03", calls(lambda b: "hookInstance" not in b, no_cards)),
    "a call without a patient is a 200": (
        "E06",
        calls(lambda b: isinstance(b.get("context"), dict) and "patientId" not in b["context"], no_cards),
    ),
    "a call without a user is a 500": (
        "E07",
        calls(lambda b: isinstance(b.get("context"), dict) and "userId" not in b["context"], gives(500)),
    ),
    "another hook is a 200": ("E08", calls(lambda b: str(b.get("hook")).startswith("conformance"), no_cards)),
    "an id that is not listed is a 200": ("E18", answering(lambda r: r.path.endswith(f"{ID}-unknown"), no_cards)),
    "a refusal is bare": ("E19", calls(lambda b: "hook" not in b, lambda _a: Answer(400, content=b"no"))),
    "a GET of the service is a 404": (
        "D17",
        answering(lambda r: (r.method, r.path) == ("GET", PATH), gives(404)),
    ),
    "a 405 does not say what is allowed": (
        "D17",
        answering(lambda r: (r.method, r.path) == ("POST", "/cds-services"), gives(405)),
    ),
    "a number as a patient's id is a 500": (
        "Z01",
        calls(lambda b: isinstance(b.get("context"), dict) and b["context"].get("patientId") == 7, gives(500)),
    ),
    "an element of a card is null": ("C02", card(sets(detail=None))),
    "an array of a card is empty": ("C02", card(sets(links=[]))),
    "a response has an element of its own": ("C23.response", response(sets(decisions=["none"]))),
}
CARDS: dict[str, Broken] = {
    "a card has no summary": ("C03", card(drops("summary"))),
    "a summary has 140 characters": ("C03", card(sets(summary="x" * 140))),
    "an indicator is hard-stop": ("C04", card(sets(indicator="hard-stop"))),
    "a source has no label": ("C05", card(lambda one: one["source"].pop("label"))),
    "a source's URL is relative": ("C05.url", card(lambda one: one["source"].update(url="/about"))),
    "a topic has no system": ("C06", card(lambda one: one["source"]["topic"].pop("system"))),
    "a uuid stands twice": ("C08", card(same_uuids)),
    "a uuid is the same for all": ("C08.calls", card(constant_uuid)),
    "a uuid is none": ("C08.form", card(lambda one: one.update(uuid=f"card {one['uuid']}"))),
    "a card with suggestions has no uuid": ("C09", card(drops("uuid"))),
    "a detail is an array": ("C20", card(sets(detail=["one"]))),
    "a detail holds HTML": ("C21", card(sets(detail="one<br/>two"))),
    "a card has an element of its own": ("C23", card(sets(priority=1))),
    "suggestions come without selectionBehavior": ("C11", card(drops("selectionBehavior"))),
    "selectionBehavior is all": ("C11", card(sets(selectionBehavior="all"))),
    "a suggestion has no label": ("C13", suggestion(drops("label"))),
    "actions are an object": ("C13.arrays", suggestion(lambda one: one.update(actions=one["actions"][0]))),
    "two are recommended of one": ("C14", card(two_chosen)),
    "isRecommended is a text": ("C14", suggestion(sets(isRecommended="yes"))),
    "an action's type is in upper case": ("C15", action(sets(type="CREATE"))),
    "an action has no description": ("C15", action(drops("description"))),
    "a resource is a text": ("C15.resource", action(lambda one: one.update(resource=json.dumps(one["resource"])))),
    "a creation has no resource": ("C15.resource", action(drops("resource"))),
    "a deletion names nothing": (
        "C15.delete",
        card(lambda one: one["suggestions"][1]["actions"][0].pop("resourceId")),
    ),
    "actions have a behaviour": ("C17", suggestion(sets(actionSelectionBehavior="any"))),
    "an override reason has no display": ("C18", card(lambda one: one["overrideReasons"][0].pop("display"))),
    "a link's type is unknown": ("C19", link(sets(type="relative"))),
    "a link's URL is relative": ("C19", link(sets(url="guideline.html"))),
    "appContext stands on an absolute link": ("C19.context", link(sets(appContext="{}"))),
    "autolaunchable is a text": ("C19.auto", link(sets(autolaunchable="false"))),
    "system actions are an object": ("C01", response(sets(systemActions={"type": "create"}))),
    "system actions come unasked": (
        "C24",
        response(sets(systemActions=[{"type": "create", "resource": {"resourceType": "Task"}}])),
    ),
    "an action has an element of its own": ("C23.parts", action(sets(priority=1))),
    "an extension is an array": ("C23.extension", card(sets(extension=["A-1"]))),
    "an extension has a bare key": ("C23.keys", response(sets(extension={"trace": {RAW_KEY: 1}}))),
}
FEEDBACKS: dict[str, Broken] = {
    "overriding without a reason is refused": ("B01", feedbacks(plain_feedback, gives(400))),
    "accepted suggestions are refused": ("B02", feedbacks(lambda b: "acceptedSuggestions" in item(b), gives(400))),
    "a comment is refused": ("B03", feedbacks(lambda b: "userComment" in str(item(b)), gives(400))),
    "a batch is refused": ("B04", feedbacks(lambda b: len(b.get("feedback", ())) == 2, gives(400))),
    "a repeated item is refused": ("B04.repeat", GoodService(answer=partial(refuses_repeats, set()))),
    "a fraction of a second is refused": ("B05", feedbacks(lambda b: ".123Z" in str(b), gives(400))),
    "an extension in feedback is refused": ("B06", feedbacks(lambda b: "extension" in item(b), gives(400))),
    "feedback of a bad shape is a 500": ("B09", feedbacks(lambda b: "feedbacks" in b, gives(500))),
    "feedback of a bad shape is taken": ("B09", feedbacks(lambda b: "feedbacks" in b, lambda _a: Answer(200, {}))),
}
TRUST: dict[str, Broken] = {
    "feedback of nobody is taken": ("J01", trusting("nobody", FEEDBACK)),
    "a token without algorithm is taken": ("J02.none", trusting("eyJhbGciOiAibm9uZSI")),
    "a token with a shared secret is taken": ("J02.hmac", trusting("eyJhbGciOiAiSFMyNTYi")),
    "any text is taken for a token": ("J02.garbage", trusting("made.up")),
    "a refusal says why": ("J02.alike", GoodService(answer=chatty, token="good.good.good")),
    "an access token is repeated": ("Z03", GoodService(answer=echoes)),
}
CORS: dict[str, Broken] = {
    "discovery's preflight is not answered": (
        "X01",
        answering(lambda r: (r.method, r.path) == ("OPTIONS", "/cds-services"), gives(405)),
    ),
    "the call's preflight allows no headers": (
        "X02",
        answering(
            lambda r: (r.method, r.path) == ("OPTIONS", PATH),
            lambda a: replace(a, headers={"access-control-allow-headers": "content-type"}),
        ),
    ),
    "feedback's preflight allows no page": ("X03", without_cors("OPTIONS", FEEDBACK, 204)),
    "a page may not read cards": ("X04", without_cors("POST", PATH, 200)),
    "a page may not read discovery": ("X04.discovery", without_cors("GET", "/cds-services", 200)),
    "a page may not read errors": ("X05", without_cors("POST", PATH, 400)),
}
BROKEN = TRANSPORT | DISCOVERY | CALL | CARDS | FEEDBACKS | TRUST | CORS
