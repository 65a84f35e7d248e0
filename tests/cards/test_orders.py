"""The lines about the work-up."""

import pytest

from cards.model import Card
from cards.recurrence import order_codings
from cards.words import Language, words_in
from tests.evaluating import CASES, cards_of, made

TODAY = CASES["V001"].as_of
SEVERE_HEADACHE = "icd:R51.9@2026-06-10{sev=severe}"


def line(card: Card, start: str) -> str:
    """The line of a card that starts so; empty when there is none."""
    return next((found for found in card.detail.splitlines() if found.startswith(start)), "")


def card_of(*tokens: str) -> Card:
    """The only card of a treated patient with those records."""
    (card,) = cards_of(made(*tokens, as_of=TODAY))
    return card


def test_the_orders_of_the_card_are_what_it_asks_to_consider() -> None:
    """In the same words."""
    card = card_of(SEVERE_HEADACHE)

    assert line(card, "**Consider:**") == "**Consider:** MRI of the brain with contrast; referral to oncology."
    assert [order.text for order in card.orders] == ["MRI of the brain with contrast", "Referral to oncology"]


def test_names_are_written_as_in_a_sentence() -> None:
    """The first with a capital; the others as their language writes them, an abbreviation with its own."""
    names = {language: words_in(language) for language in Language}
    said = {language: [words.order(key) for key in ("bone_scan", "coag_inr")] for language, words in names.items()}

    assert said[Language.ENGLISH] == ["Bone scan", "INR"]
    assert said[Language.GERMAN] == ["Skelettszintigraphie", "INR (Quick)"]
    assert names[Language.ENGLISH].also("bone", "bone_scan") == "bone scan"
    assert names[Language.GERMAN].also("local", "dx_mammogram") == "diagnostische Mammographie"


def test_what_may_follow_an_emergency_is_what_can_be_had_the_same_day() -> None:
    """No referral, no PET/CT beside "emergency assessment today"."""
    card = card_of("icd:R56.9@2026-06-14")

    assert line(card, "If needed") == (
        "If needed: CT of the head when MRI can't be had at once; comprehensive metabolic panel."
    )
    assert line(card_of("icd:G95.20@2026-06-14"), "If needed") == ""


def test_a_painful_bone_is_named_only_where_a_bone_hurts() -> None:
    """A raised calcium has no place to be X-rayed."""
    assert "X-ray of painful" in line(card_of("icd:M89.8X9@2026-06-10"), "If needed")
    calcium = card_of("lnc:17861-6@2026-06-10{val=12.6;unit=mg/dL;high=10.2}")
    assert line(calcium, "If needed") == "If needed: PET/CT; CT of chest, abdomen and pelvis with contrast."


@pytest.mark.parametrize(
    "case, sentence", [("V001", "A first recurrence is to be biopsied"), ("G135", "ER, PR and HER2 of the biopsy")]
)
def test_a_first_recurrence_is_biopsied_with_receptors(case: str, sentence: str) -> None:
    """Where the disease is known already, the biopsy is one option among others."""
    assert sentence in line(cards_of(case)[0], "If needed")


def test_in_pregnancy_what_needs_radiation_or_contrast_is_named_and_not_proposed() -> None:
    """Neither as an order nor as what may follow."""
    card = card_of(SEVERE_HEADACHE, "icd:Z33.1@2026-05-01")

    assert line(card, "Pregnant") == (
        "Pregnant: ultrasound or MRI without contrast first, agreed with radiology. "
        "Not proposed for now: MRI of the brain with contrast."
    )
    assert [order.key for order in card.orders] == ["onc_referral"]
    assert "CT" not in line(card, "If needed")


def test_what_is_done_is_named_with_its_day_and_not_proposed_again() -> None:
    """Then nothing else is left to consider."""
    (card,) = cards_of("V078")

    assert line(card, "**Already") == (
        "**Already ordered or done:** Diagnostic mammography (2026-05-22); ultrasound of the breast (2026-05-22)."
    )
    assert card.orders == ()
    assert not line(card, "**Consider")
    assert not line(card, "If needed")


def test_an_emergency_that_was_assessed_is_not_called_one_of_today() -> None:
    """Its day stands beside it."""
    done = [line(card, "**Already") for case in CASES for card in cards_of(case)]

    assert any("Emergency assessment (20" in text for text in done)
    assert not any("today" in text for text in done)


def test_an_order_that_names_no_side_carries_no_code_of_one() -> None:
    """Left and right in one concept would say both."""
    for order in card_of("icd:N63.21@2026-06-02").orders:
        assert order.codings
        assert not [
            coding.display for coding in order.codings if " - left" in coding.display or " - right" in coding.display
        ]


@pytest.mark.parametrize(
    "tokens, site",
    [
        (("icd:N63.21@2026-06-02",), ("80248007", "Left breast structure", "")),
        (("icd:N63.11@2026-06-02",), ("73056007", "Right breast structure", "")),
        (("icd:N63.11@2026-06-02", "icd:N63.21@2026-06-02"), ("63762007", "Both breasts", "")),
        (("icd:N63.0@2026-06-02",), None),
    ],
)
def test_the_body_site_of_an_order_says_the_side(tokens: tuple[str, ...], site: tuple[str, ...] | None) -> None:
    """Of the breast that the findings are in; without a side there is none."""
    for order in card_of(*tokens).orders:
        place = order.place and (order.place.code.value, order.place.display, order.place.text)
        assert place == site


def test_the_axilla_has_its_side_in_words() -> None:
    """Its code names none; the mammography of the same card has the breast."""
    places = {order.key: order.place for order in card_of("sct:127189005@2026-06-05{body=left axilla}").orders}

    assert places["axilla_us"] is not None
    assert (places["axilla_us"].code.value, places["axilla_us"].text) == ("91470000", "Left axilla")
    assert places["dx_mammogram"] is not None
    assert places["dx_mammogram"].display == "Left breast structure"


def test_what_is_no_imaging_of_the_breast_has_no_body_site() -> None:
    """A blood test has no side."""
    card = card_of("icd:M25.551@2026-05-20{onset=2026-04-01}")

    assert [order.place for order in card.orders] == [None] * len(card.orders)
    assert card.summary.startswith("Persistent hip or pelvic pain on the right after")


def test_no_order_joins_two_examinations() -> None:
    """One code of each system; what is several examinations has its name alone."""
    for key in words_in(Language.ENGLISH).tables["order"]:
        systems = [coding.code.system for coding in order_codings(key)]
        assert len(systems) == len(set(systems)), key

    assert order_codings("receptor_panel") == ()


def test_a_reason_has_its_own_display_or_our_words() -> None:
    """Never the display of the code above it."""
    (reason,) = card_of("icd:N63.0@2026-06-02").orders[0].reasons

    assert (reason.code.value, reason.display, reason.text) == ("N63.0", "", "Breast lump")


def test_a_reason_that_two_records_give_stands_once() -> None:
    """Two days of one code are one reason."""
    (order, *_) = card_of("icd:N63.21@2026-06-02/2026-06-09").orders

    assert [reason.code.value for reason in order.reasons] == ["N63.21"]
