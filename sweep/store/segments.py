"""What is finished of a run, what is left, and what its manifest says."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, replace
from typing import Any

from carbonsweep.engine.sweep import Sweep
from carbonsweep.engine.workers import Progress, Workers
from carbonsweep.foundation.errors import PlanError, StoreError
from carbonsweep.foundation.sizes import size_number
from carbonsweep.foundation.version import __version__
from carbonsweep.grid.growth import additions
from carbonsweep.plan.plan import Plan
from carbonsweep.store.manifest import MANIFEST, is_manifest, read_manifest
from carbonsweep.store.part_files import Part, PartWriter, equations_used, identity, measured_chunk_points
from carbonsweep.store.run_folder import Finished, Store, whole_parts
from carbonsweep.store.summary import Summary
from carbonsweep.tabular.arrow import SCHEMA_VERSION, schema


class Segments:
    """A run's segments: one plan, or after extensions several that together make up the grid of the run's plan.

    Parameters
    ----------
    store
        The run directory.
    sweep
        What it is to hold at the end.
    resume, overwrite, extend
        Whether a run that is in its place already is to be completed, or added to.

    Raises
    ------
    PlanError
        If the plan is no extension of that run's.
    StoreError
        If what is there belongs to another plan, or was made with other equations or catalogs.

    Attributes
    ----------
    sweeps
        The segments.
    published
        Whether the run is in its place and whole, so that there is nothing to do.
    reused
        Points of the parts that were finished before.
    """

    def __init__(self, store: Store, sweep: Sweep, *, resume: bool, overwrite: bool, extend: bool) -> None:
        self._store, self._sweep = store, sweep
        self.published = False
        self._finished: Finished = {}
        waiting = self._waiting() if resume else None
        resume = resume and not overwrite
        old = waiting or self._standing(resume, extend)
        plans = [sweep.plan] if old is None else [_plan_of(record["plan"], store) for record in old["segments"]]
        if extend and old is not None and old["plan_hash"] != sweep.plan.content_hash:
            plans += additions(_plan_of(old["plan"], store), sweep.plan)
        elif extend and not resume:
            raise PlanError(f"{sweep.plan.file}: adds no values to the run in {store.out}")
        self.sweeps = [_sized(sweep if plan is sweep.plan else Sweep(plan)) for plan in plans]
        self._identities = [identity(each) for each in self.sweeps]
        if old is not None:
            self._check_made_alike(old)
            if waiting is not None:
                store.take_back({record["file"] for record in old["parts"]})
            elif len(plans) > len(old["segments"]):
                store.borrow(record["file"] for record in old["parts"])
            else:
                self._finished, damaged = whole_parts(store.out, self._identities, {}, store.out.files())
                self.published = not damaged and not self.left
        if not self.published:
            if resume and waiting is None and (old is None or len(plans) == len(old["segments"])):
                store.take_back()
            self._finished = store.finished(self._identities, self._finished)
        self.reused = sum(self._points(*key) for key in self._finished)

    def _waiting(self) -> dict[str, Any] | None:
        """The manifest of this plan's run if that was whole and on its way to its place."""
        staging = self._store.staging
        if not staging.local or not any(map(is_manifest, staging.files())):
            return None
        try:
            manifest = read_manifest(staging)
        except StoreError:
            return None
        return manifest if manifest["plan_hash"] == self._sweep.plan.content_hash else None

    def _standing(self, resume: bool, extend: bool) -> dict[str, Any] | None:
        """The manifest of the run in its place if it counts."""
        if not (extend or (resume and any(map(is_manifest, self._store.out.files())))):
            return None
        try:
            old = read_manifest(self._store.out)
        except StoreError:
            if extend:
                raise
            return None  # torn: what the parts say of themselves is enough
        if old["plan_hash"] != self._sweep.plan.content_hash and not extend:
            raise StoreError(
                f"{self._store.out}: holds a finished run of another plan; replace it with --overwrite, add to it with "
                "--extend, or choose another folder"
            )
        return old

    def _check_made_alike(self, old: dict[str, Any]) -> None:
        was = [record["identity"] for record in old["segments"]]
        if was != self._identities[: len(was)]:
            raise StoreError(
                f"{self._store.out}: was made with other equations, catalogs or another version of carbonsweep "
                f"({old['version']}, here {__version__}); use those, or start over with --overwrite"
            )

    def _points(self, segment: int, index: int) -> int:
        """Points of a chunk (the last tile of a loop may have fewer; counted as whole)."""
        sweep = self.sweeps[segment]
        start, stop = sweep.chunk_bounds(index)
        return min((stop - start) * sweep.schedule.block_points, sweep.grid.points)

    @property
    def points(self) -> int:
        """Points of all segments."""
        return sum(sweep.grid.points for sweep in self.sweeps)

    @property
    def left(self) -> int:
        """Chunks that are not finished."""
        return sum(sweep.chunks for sweep in self.sweeps) - len(self._finished)

    @property
    def bytes(self) -> int:
        """Size of the finished parts."""
        return sum(part.bytes for part, _ in self._finished.values())

    @property
    def summary(self) -> Summary:
        """What the finished parts hold."""
        total = Summary()
        for segment, index in sorted(self._finished):
            total.add(self._finished[segment, index][1])
        return total

    def compute(self, workers: Workers, progress: Progress | None) -> None:
        """Evaluate and store the chunks that are left."""
        lock = threading.Lock()
        done = self.reused
        first = 0

        def take(result: tuple[Part, Summary]) -> None:
            nonlocal done
            part, summary = result
            self._store.check()
            with lock:
                self._finished[part.segment, part.index] = (part, summary)
                done += self._points(part.segment, part.index)
                if progress is not None:
                    progress(min(done, self.points), self.points)

        for segment, sweep in enumerate(self.sweeps):
            chunks = (index for index in range(sweep.chunks) if (segment, index) not in self._finished)
            left = list(itertools.islice(chunks, 1))
            if left:
                writer = PartWriter(sweep, self._store.staging, segment, first)
                if not workers.remote:
                    sweep.prepare()
                workers.map(writer, itertools.chain(left, chunks), take)
            first += sweep.chunks

    def manifest(self, seconds: float, survey: dict[str, Any] | None) -> dict[str, Any]:
        """The content of the run's manifest: `survey` says why points have no value, if any have none."""
        sweep, summary = self._sweep, self.summary
        return {
            "schema_version": SCHEMA_VERSION,
            "version": __version__,
            "title": sweep.plan.title,
            "plan_hash": sweep.plan.content_hash,
            "plan": sweep.plan.canonical(),
            "loop_order": [axis.name for axis in sweep.loops],
            "equations": equations_used(sweep),
            "defaults": sweep.grid.graph.defaults,
            "notes": list(sweep.grid.notes),
            "catalogs": sweep.grid.catalog_hashes,
            **({"profiles": list(sweep.grid.profiles)} if sweep.grid.profiles else {}),
            **({"samples": sweep.grid.samples.to_dict()} if sweep.grid.samples is not None else {}),
            "columns": [
                {"name": item.name, "type": str(item.type), "unit": item.metadata[b"unit"].decode()}
                for item in schema(sweep)
            ],
            "points": self.points,
            "rows": summary.rows,
            "excluded": summary.excluded,
            "cannot_be_evaluated": summary.unknown,
            "missing": {name: column.missing for name, column in summary.columns.items()},
            "survey": survey,
            "seconds": round(seconds, 3),
            "segments": [
                {"identity": one, "blocks": each.schedule.blocks, "plan": each.plan.canonical()}
                for one, each in zip(self._identities, self.sweeps, strict=True)
            ],
            "parts": [asdict(self._finished[key][0]) for key in sorted(self._finished)],
        }


def _sized(sweep: Sweep) -> Sweep:
    """The sweep, with chunks sized for the files that its plan asks for."""
    if sweep.plan.output.file_size is not None:
        size = size_number(sweep.plan.output.file_size)
        return replace(sweep, chunk_points=measured_chunk_points(sweep, size))
    return sweep


def _plan_of(data: dict[str, Any], store: Store) -> Plan:
    return Plan(**data, file=f"{store.out}/{MANIFEST}")
