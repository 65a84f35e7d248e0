"""`python -m load [SCENARIO ...]`: print each promise with what was measured; exit 1 where one was not kept.

It starts and ends the service itself and writes nothing unless asked to.
Tests: it is run by hand (`make load`, some minutes; `make soak`).
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from bench.circumstances import circumstances
from bench.servers import BenchError
from load import report, scenarios, soak
from load.promise import Promise

DOCS: Final = Path(__file__).parent.parent / "docs" / "load.md"
SCENARIOS: Final = {
    "start": scenarios.start_up,
    "everything-on": scenarios.everything_on,
    "throughput": scenarios.throughput,
    "stores": scenarios.stores,
    "fetch": scenarios.fetching,
    "fairness": scenarios.fairness,
    "overload": scenarios.overload,
    "soak": soak.soak,
}


def main() -> int:
    """The exit code: 0, or 1 where a promise was not kept."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an ended run ends its servers too
    console = Console(width=150)
    results: dict[str, list[Promise]] = {}
    for name in options.scenarios or (name for name in SCENARIOS if name != "soak"):
        try:
            results[name] = uvloop.run(SCENARIOS[name]())
        except BenchError as error:
            Console(stderr=True).print(str(error), style="red", markup=False)
            return 1
    rows = [row for each in results.values() for row in each]
    console.print(report.table(rows))
    if options.write_docs:
        report.write_docs(results, circumstances(options.date), DOCS)
    return int(any(row.kept is False for row in rows))


def _options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m load", description="The promises under load, measured.")
    parser.add_argument("scenarios", nargs="*", type=_scenario, metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--write-docs", action="store_true", help="write docs/load.md")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()), help="the date to print")
    return parser.parse_args()


def _scenario(name: str) -> str:
    """The name, if there is such a scenario."""
    if name not in SCENARIOS:
        raise argparse.ArgumentTypeError(f"write one of {', '.join(SCENARIOS)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
