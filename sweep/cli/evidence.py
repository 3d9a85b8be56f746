"""Published numbers beside ours: `validate`."""

from __future__ import annotations

from carbonsweep.cli.options import Json
from carbonsweep.cli.terminal import present


def validate(as_json: Json = False) -> None:
    """Recompute published results and print them beside the published values.

    LLMCarbon's Tables 4 and 5, its code's parallelism and throughput model, its inference and storage checks,
    and the published training runs of the catalog. Every computed value comes from the equations, now.
    """
    from carbonsweep.evidence.validation import validate as compare

    present(compare(), as_json)
