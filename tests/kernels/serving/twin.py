"""The serving model once more, written straight down: what the equations must give together."""

from __future__ import annotations

import math
from typing import Any

BYTES = {"bf16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.56, "fp4": 0.5625, "mxfp4": 0.53}


def full_replica(m: dict[str, float], g: dict[str, float], e: dict[str, float], c: dict[str, float], w: Any) -> dict:
    """A full replica without a draft.

    Parameters
    ----------
    m, g, e, c
        Model, accelerator (SI units, peaks by format), engine, and constants.
    w
        The work: I, O, B, t, s, a, formats, prefix_hit.
    """
    t, s, a, i, o = w["t"], w["s"], w["a"], w["I"], w["O"]
    weight, expert, kv = BYTES[w["weights"]], BYTES[w["experts"]], BYTES[w["kv"]]
    head = m["vocabulary"] * m["width"]
    tables = head if m["tied"] else 2 * head
    common = m["parameters"] - m["routed"] - tables
    share = m["picked"] / m["experts"] if m["experts"] else 0.0

    def hit(tokens: float) -> float:
        return 1 - (1 - share) ** tokens if share else 0.0

    latent = m["latent"] > 0
    element = (m["latent"] + m["rope"]) if latent else m["kv_heads"] * 2 * m["head"]
    full_bytes, local_bytes = ((n * element * kv) for n in (m["blocks"] - m["local"], m["local"]))
    shards = 1 if latent else min(t, m["kv_heads"])

    def seen(context: float) -> tuple[float, float]:
        return context, min(context, m["window"]) if m["window"] else context

    def cached(context: float) -> float:
        return (full_bytes * seen(context)[0] + local_bytes * seen(context)[1]) / shards

    held = i + o / 2
    on_device = (common + tables) * weight / (t * s) + m["routed"] * expert / (t * s * a)
    room = a * (g["memory"] * 0.95 - 1e9 - on_device) / (cached(held) / s)
    batch = min(w["B"], room)
    reach = {"bf16": c["16"], "fp8": c["8"], "fp4": c["4"], "int4": c["16"]}
    rate = g[w["weights"]] * reach[w["weights"]]
    expert_rate = g[w["experts"]] * reach[w["experts"]] * c["expert"]
    score = 2 * (m["heads"] * (2 * m["latent"] + m["rope"]) if latent else 2 * m["heads"] * m["head"])
    score_time = score / t / (g["bf16"] * c["16"])

    def scores(context: float) -> float:
        far, near = seen(context)
        return score_time * ((m["blocks"] - m["local"]) * far + m["local"] * near)

    mixtures = m["mixtures"] if m["experts"] else 0
    calls = 2 * c["latency"] * ((m["layers"] if t > 1 else 0) + (mixtures if a > 1 else 0))
    link = (2 * m["layers"] * 2 * (t - 1) / t + 2 * mixtures * m["picked"] * (1 - 1 / a)) * 2 * m["width"] / g["link"]
    unfused = w["experts"] in ("fp8", "int8") or m["picked"] == 1
    fixed = (common + head) * weight / t / (g["bandwidth"] * c["weights"]) + calls
    fixed += m["layers"] * e["layer"] + (mixtures * e["unfused"] if unfused else 0)
    all_experts = m["routed"] * expert / (t * a) / (g["bandwidth"] * c["weights"])
    token = 2 * common / t / rate + 2 * m["routed"] * share / t / expert_rate + link
    copies = m["layers"] + mixtures * m["picked"]
    token += c["activations"] * copies * 2 * m["width"] / (g["bandwidth"] * c["weights"])
    extra = 2 * head / t / rate + e["sequence"] * s
    read = cached(held) / (g["bandwidth"] * c["cache"])
    ranked = max(batch / (a * s), 1)

    def decode(ranked: float, meeting: float) -> float:
        return fixed + ranked * (token + extra + read + scores(held)) + hit(max(meeting, 1)) * all_experts

    q = i * (1 - w["prefix_hit"])
    prompt = q * (token + scores(i - q / 2)) + extra
    together = max(a * s, min(batch, 8192 * a / q))
    lump = fixed + hit(q * together / s) * all_experts
    step = decode(ranked, batch / s)
    tpot = step + batch / o * (lump / together + prompt / (a * s))
    in_bytes = (common + head) * weight / t + hit(ranked * a) * m["routed"] * expert / (t * a)
    in_bytes += ranked * cached(held)
    new_bytes = batch / o * ((common + head) * weight / t + m["routed"] * expert / (t * a)) / together
    keys = (m["blocks"] - m["local"]) * seen(held)[0] + m["local"] * seen(held)[1]
    prompt_keys = (m["blocks"] - m["local"]) * seen(i - q / 2)[0] + m["local"] * seen(i - q / 2)[1]
    own = 2 * (common + m["routed"] * share) / t
    work = ranked * (own + 2 * head / t + score * keys / t)
    work += ranked / o * q * (own + score * prompt_keys / t)
    memory = min((in_bytes + new_bytes) / (tpot * g["bandwidth"]), 1)
    compute = min(work / (tpot * g[w["weights"]]), 1)
    power = c["static"] + c["memory"] * memory ** c["x"] + c["compute"] * compute ** c["x"]
    power = g["tdp"] * min(1, power)
    return {
        "kv_capacity": room,
        "decode_time": step,
        "lone_decode_time": decode(1, 1),
        "prefill_time": fixed + prompt + hit(q) * all_experts,
        "tpot": tpot,
        "replica_throughput": batch / tpot,
        "serving_power": power,
        "energy_per_output_token": power * t * s * a * tpot / batch,
        "energy_per_request": power * t * s * a * tpot / batch * o / 3600,
        "weight_bytes_per_device": on_device,
        "static_throughput": batch * o / (fixed + hit(q * together / s) * all_experts + ranked * prompt + o * step),
        "finite": math.isfinite(power),
    }
