"""`python -m mutation data` and `python -m mutation code`: what was changed and which changes nothing noticed.

It must not write anything but its report.
Its tests are in tests/rules/test_mutation.py.
"""

import sys
from collections import Counter
from time import perf_counter


def data() -> tuple[Counter[str], Counter[str]]:
    """Change the clinical data piece by piece; return how many changes of each kind were tried and noticed."""
    from mutation.changes import all_changes  # noqa: PLC0415 - each run needs its own half
    from mutation.data import run  # noqa: PLC0415 - as above

    tried, noticed = Counter[str](), Counter[str]()
    for result in run(all_changes()):
        tried[result.change.kind] += 1
        noticed[result.change.kind] += result.case is not None
        if result.case is None:
            _say(f"not noticed: {result.change.name}")
    return tried, noticed


def code(most: int | None = None) -> tuple[Counter[str], Counter[str]]:
    """Change the rules' functions piece by piece; return how many mutants of each file were tried and noticed."""
    from mutation.run import verdicts  # noqa: PLC0415 - as above

    tried, noticed = Counter[str](), Counter[str]()
    for verdict in verdicts(most):
        tried[verdict.module] += 1
        noticed[verdict.module] += verdict.noticed_by is not None
        if verdict.noticed_by is None:
            _say("\n".join((f"not noticed: {verdict.name}", *verdict.lines)))
    return tried, noticed


def main(arguments: list[str]) -> int:
    """Run one half; print what was not noticed, and how many changes of each kind were."""
    begin = perf_counter()
    match arguments:
        case ["data"]:
            tried, noticed = data()
        case ["code"]:
            tried, noticed = code()
        case ["code", most] if most.isdigit():
            tried, noticed = code(int(most))
        case _:
            _say("usage: python -m mutation data, or code [most mutants, drawn by lot]")
            return 2
    for kind, total in sorted(tried.items()):
        _say(f"{kind}: {noticed[kind]} of {total}")
    share = 100 * noticed.total() / max(tried.total(), 1)
    minutes = (perf_counter() - begin) / 60
    _say(f"{noticed.total()} of {tried.total()} changes noticed ({share:.1f} %) in {minutes:.0f} minutes")
    return 0 if noticed.total() == tried.total() else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
