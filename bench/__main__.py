"""`python -m bench`: print CPU per call against the floors, and what happens under load; exit 1 for a missed target.

It starts and ends all servers itself and writes nothing unless asked to.
Tests: it is run by hand (`make bench`), some minutes; with `--parts floors` about one.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import matrix, report
from bench.charts import Variant
from bench.circumstances import circumstances
from bench.matrix import Pace
from bench.report import Result
from bench.servers import BenchError

DOCS: Final = Path(__file__).parent.parent / "docs" / "performance.md"
FLOORS, VALIDATION, PRODUCTION, LOAD, FETCH = PARTS = ("floors", "validation", "production", "load", "fetch")


def main() -> int:
    """The exit code: 0, or 1 where a target is missed or an answer is wrong."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an ended run ends its servers too
    console = Console(width=150)
    try:
        with console.status("measuring"):
            result = _measured(options)
    except BenchError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 1
    for section in report.sections(result):
        console.print(report.table(section))
    about = circumstances(options.date)
    if options.json:
        report.write_json(result, about, options.json)
    if options.write_docs:
        report.write_docs(result, about, DOCS)
    return int(result.missed)


def _measured(options: argparse.Namespace) -> Result:
    """The parts that are asked for, one after the other."""
    pace, result = Pace(options.blocks, options.block_seconds), Result()
    if FLOORS in options.parts:
        result.rows.extend(matrix.against_floors(options.sizes, options.variants, pace))
    if VALIDATION in options.parts:
        result.validated.extend(matrix.against_validation(pace))
    if PRODUCTION in options.parts:
        result.production.extend(matrix.in_production(pace))
    if LOAD in options.parts:
        result.loaded.extend(matrix.under_load(pace))
    if FETCH in options.parts:
        result.loaded.extend(matrix.fetching(pace))
    return result


def _options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="CPU per call against the floors.")
    parser.add_argument("--sizes", type=_sizes, default=[50, 500, 5_000, 20_000], help="50,500,5000,20000")
    parser.add_argument("--variants", type=_variants, default=list(Variant), help="card,no-history")
    parser.add_argument("--parts", type=_parts, default=PARTS, help=",".join(PARTS))
    parser.add_argument("--blocks", type=int, default=7, help="blocks of calls for each target and row")
    parser.add_argument("--block-seconds", type=float, default=0.6, help="how long a block takes, about")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON too")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()), help="the date to print")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _parts(text: str) -> list[str]:
    return text.split(",")


def _variants(text: str) -> list[Variant]:
    return [Variant(name) for name in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
