"""`python -m bench`: print CPU per call against the floor; exit 1 where a target is missed.

It starts and ends both servers itself and writes nothing unless asked to.
Tests: it is run by hand (`make bench`), about a minute.
"""

import argparse
import itertools
import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import call, charts, measure, report, servers
from bench.charts import Variant
from bench.measure import Target
from bench.servers import BenchError

DOCS: Final = Path(__file__).parent.parent / "docs" / "performance.md"
FLOOR_TOPICS: Final = frozenset({"floor"})


def main() -> int:
    """The exit code: 0, or 1 where a target is missed or an answer is wrong."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an ended run ends its servers too
    console = Console(width=150)
    try:
        rows = _rows(options, console)
    except BenchError as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        return 1
    console.print(report.table(rows))
    about = report.circumstances(options.date)
    if options.json:
        report.write_json(rows, about, options.json)
    if options.write_docs:
        report.write_docs(rows, about, DOCS)
    return int(any(row.missed for row in rows))


def _rows(options: argparse.Namespace, console: Console) -> list[report.Row]:
    """All sizes and variants, measured one after the other on the same two servers."""
    with servers.service() as service, servers.floor() as floor:
        path, templates = servers.patient_view(service)
        rows = []
        for variant, size in itertools.product(options.variants, options.sizes):
            chart = charts.chart(size, variant, types=call.asked_types(templates))
            body = call.request_body(chart, templates)
            ours = Target(service, path, body, charts.EXPECTED_TOPICS[variant])
            least = Target(floor, path, body, FLOOR_TOPICS)
            with console.status(f"{variant}, {size:,} resources"):
                measured = measure.compare(ours, least, blocks=options.blocks, block_s=options.block_seconds)
            rows.append(report.Row(size, variant, len(body), *measured))
        return rows


def _options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="CPU per call against the floor.")
    parser.add_argument("--sizes", type=_sizes, default=[50, 500, 5_000], help="resources a chart: 50,500,5000,20000")
    parser.add_argument("--variants", type=_variants, default=list(Variant), help="card,no-history")
    parser.add_argument("--blocks", type=int, default=7, help="blocks of calls for each target and row")
    parser.add_argument("--block-seconds", type=float, default=0.6, help="how long a block takes, about")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON too")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md")
    parser.add_argument("--date", default=time.strftime("%Y-%m-%d", time.gmtime()), help="the date to print")
    return parser.parse_args()


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _variants(text: str) -> list[Variant]:
    return [Variant(name) for name in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
