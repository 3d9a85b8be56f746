"""`price_market` of a plan: what its accelerators cost on a market, by the catalog of prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from carbonsweep.catalogs import Row
from carbonsweep.foundation.errors import PlanError, first_few
from carbonsweep.grid.given import Binder, Given
from carbonsweep.kernels import REGISTRY

MARKETS = REGISTRY.inputs["price_market"].choices
BOUGHT = "purchase"
BOUGHT_WITH_SERVER = ("purchase_node_share", "purchase_rack_share", BOUGHT)
"""Rows of the catalog for hardware that is bought, the price with its share of the server before that of the device."""
OWNED = ("total_cost", "inference_cost", "request_cost")
"""Costs of which there is a variant of hardware that is owned."""


def with_prices(
    entries: Mapping[str, Given], pinned: Mapping[str, str], binder: Binder
) -> tuple[dict[str, Given], dict[str, str]]:
    """Entries whose accelerators have the prices of the markets that a plan names, and the variants that it asks for.

    Raises
    ------
    PlanError
        If accelerators are bought and rented in one plan, or one of them has a price on none of its markets.
    """
    market = entries.get("price_market")
    if market is None:
        return dict(entries), dict(pinned)
    at = f"{binder.at}: price_market"
    markets = tuple(dict.fromkeys(market.labels or ()))
    if BOUGHT in markets and len(markets) > 1:
        raise PlanError(
            f"{at}: what is bought costs by its life, what is rented by the hour; compare them in two plans"
        )
    accelerator = entries.get("accelerator")
    if accelerator is None or accelerator.labels is None:
        raise PlanError(f"{at}: prices are of accelerators of the catalog; name one, or give device_hour_price")
    rows = {
        (str(row.values["accelerator_id"]), str(row.values["market"])): row for row in binder.catalog("prices").rows
    }
    unknown = np.full(len(accelerator.labels), np.nan)
    fields = {**accelerator.fields, **{f"{one}_price_{end}": unknown for one in MARKETS for end in ("low", "high")}}
    lacking: dict[str, list[str]] = {}
    for one in markets:
        found = [_row(rows, label, one) for label in accelerator.labels]
        for end in ("low", "high"):
            values = [np.nan if row is None else float(str(row.values[f"usd_{end}"])) for row in found]
            fields[f"{one}_price_{end}"] = np.array(values)
        lacking[one] = [label for label, row in zip(accelerator.labels, found, strict=True) if row is None]
        for row in filter(None, found):
            low, high, note = row.values["usd_low"], row.values["usd_high"], row.values["note"]
            text = f"price of {row.id}: {low:g} to {high:g} {row.values['unit']} ({row.values['date']})"
            binder.say(f"{text}; {note}" if note else text)
    if nowhere := [label for label in accelerator.labels if all(label in labels for labels in lacking.values())]:
        raise PlanError(
            f"{at}: no price of {first_few(nowhere)} on {' or '.join(markets)} is in the catalog of prices; leave it "
            "out, give device_hour_price or device_price, or add a row in a catalog of your own"
        )
    for one, labels in lacking.items():
        if labels:
            binder.say(f"price_market {one}: no price of {first_few(labels)} is known")
    changed = {**entries, "accelerator": replace(accelerator, fields=fields)}
    owned = dict.fromkeys(OWNED, "owned") if markets == (BOUGHT,) else {}
    return changed, {**owned, **pinned}


def _row(rows: Mapping[tuple[str, str], Row], label: str, market: str) -> Row | None:
    label = label.rpartition(" x ")[2]
    kinds = BOUGHT_WITH_SERVER if market == BOUGHT else (market,)
    return next((rows[label, kind] for kind in kinds if (label, kind) in rows), None)
