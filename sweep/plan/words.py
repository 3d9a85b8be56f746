"""Words of the trade for inputs and quantities: taken where they can mean one thing only, suggested where several."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from carbonsweep.catalogs import RECORDS, SCHEMAS
from carbonsweep.foundation.errors import suggestion
from carbonsweep.kernels import REGISTRY

MEANS: dict[str, str] = {
    "gpu": "accelerator",
    "gpu_type": "accelerator",
    "accelerator_type": "accelerator",
    "hardware": "accelerator",
    "machine": "accelerator",
    "instance": "accelerator",
    "instance_type": "accelerator",
    "tpu": "accelerator",
    "gpus": "devices",
    "num_gpus": "devices",
    "n_gpus": "devices",
    "ngpus": "devices",
    "gpu_count": "devices",
    "num_devices": "devices",
    "n_devices": "devices",
    "num_accelerators": "devices",
    "world_size": "devices",
    "llm": "model",
    "model_name": "model",
    "country": "region",
    "location": "region",
    "place": "region",
    "cloud_region": "region",
    "datacenter": "region",
    "grid_zone": "region",
    "tp": "tensor_parallel",
    "tp_size": "tensor_parallel",
    "tensor_parallel_size": "tensor_parallel",
    "tensor_model_parallel_size": "tensor_parallel",
    "pp": "pipeline_parallel",
    "pp_size": "pipeline_parallel",
    "pipeline_parallel_size": "pipeline_parallel",
    "pipeline_model_parallel_size": "pipeline_parallel",
    "dp": "data_parallel",
    "dp_size": "data_parallel",
    "data_parallel_size": "data_parallel",
    "cp": "context_parallel",
    "context_parallel_size": "context_parallel",
    "ep": "expert_parallel",
    "expert_parallel_size": "expert_parallel",
    "expert_model_parallel_size": "expert_parallel",
    "dtype": "precision",
    "torch_dtype": "precision",
    "data_type": "precision",
    "batch_size": "global_batch",
    "global_batch_size": "global_batch",
    "gbs": "global_batch",
    "micro_batch_size": "microbatch",
    "micro_batch": "microbatch",
    "mbs": "microbatch",
    "zero": "zero_stage",
    "bits": "operand_bits",
    "seq_length": "sequence_length",
    "seqlen": "sequence_length",
    "context_length": "sequence_length",
    "max_seq_len": "sequence_length",
    "params": "parameters",
    "n_params": "parameters",
    "num_params": "parameters",
    "num_parameters": "parameters",
    "model_size": "parameters",
    "active_params": "active_parameters",
    "n_tokens": "tokens",
    "num_tokens": "tokens",
    "training_tokens": "tokens",
    "train_tokens": "tokens",
    "dataset_size": "tokens",
    "ci": "carbon_intensity",
    "grid_intensity": "carbon_intensity",
    "grid_carbon_intensity": "carbon_intensity",
    "emission_factor": "carbon_intensity",
    "tdp": "thermal_design_power",
    "gpu_power": "device_power",
    "gpu_memory": "device_memory",
    "vram": "device_memory",
    "gpu_hours": "device_hours",
    "gpuh": "device_hours",
    "flops": "training_flops",
    "train_flops": "training_flops",
    "lifetime": "lifetime_years",
    "vocab": "vocabulary_size",
    "n_vocab": "vocabulary_size",
    "loss": "test_loss",
    "days": "training_days",
    "training_time": "training_days",
    "cost": "total_cost",
    "water": "operational_water",
    "latency": "request_latency",
    "windowed_layers": "local_layers",
    "accelerator_id": "accelerator",
    "isl": "input_tokens",
    "osl": "output_tokens",
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "qps": "request_rate",
    "rps": "request_rate",
    "requests_per_second": "request_rate",
    "max_num_seqs": "serving_batch",
    "concurrency": "serving_batch",
    "quantization": "weight_format",
    "kv_cache_dtype": "kv_format",
    "num_speculative_tokens": "draft_tokens",
    "itl": "tpot",
    "inter_token_latency": "tpot",
    "time_to_first_token": "ttft",
}
"""The name that a word means; whatever its case."""
AS_INPUT = {"mfu": "hardware_efficiency", "hfu": "hardware_efficiency", "utilization": "hardware_efficiency"}
"""Words that mean an input where they are given."""
AS_QUANTITY = {"mfu": "model_flops_utilisation", "utilization": "model_flops_utilisation"}
"""The same words where they are asked for."""
COULD_MEAN: dict[str, tuple[str, ...]] = {
    "co2": ("total_carbon", "operational_carbon"),
    "co2e": ("total_carbon", "operational_carbon"),
    "carbon": ("total_carbon", "operational_carbon", "embodied_carbon"),
    "emissions": ("total_carbon", "operational_carbon"),
    "footprint": ("total_carbon", "embodied_carbon"),
    "embodied": ("embodied_carbon",),
    "operational": ("operational_carbon",),
    "energy": ("facility_energy", "hardware_energy"),
    "kwh": ("facility_energy", "hardware_energy"),
    "power": ("device_power", "thermal_design_power"),
    "efficiency": ("hardware_efficiency", "goodput"),
    "memory": ("memory_per_device", "device_memory"),
    "price": ("electricity_price", "device_hour_price"),
    "batch": ("global_batch", "microbatch"),
    "size": ("parameters", "hidden_size"),
    "time": ("training_days", "device_hours"),
    "hours": ("device_hours", "training_days"),
    "bandwidth": ("memory_bandwidth", "interconnect_bandwidth"),
    "throughput": ("replica_throughput", "model_flops_utilisation"),
    "network": ("scale_out_bandwidth", "interconnect_bandwidth"),
}
"""Words that could mean several names: these are suggested."""


@functools.cache
def _columns() -> dict[str, str]:
    """Inputs by the columns of the catalogs that supply them in the same unit."""
    found: dict[str, str] = {}
    for catalog in RECORDS.values():
        for name, column in SCHEMAS[catalog].items():
            for word in (name, *(other for other, factor in column.also.items() if factor == 1.0)):
                if column.input and column.scale == column.divide == 1.0:
                    found.setdefault(word, column.input)
    return found


def meant(word: str, asked: bool = False) -> str:
    """The name that a word means; the word itself where it is a name, or means nothing known.

    Parameters
    ----------
    word
        A name, or a word of the trade for it.
    asked
        Whether it is asked for, rather than given.
    """
    if word in RECORDS or word in REGISTRY.inputs or word in REGISTRY.quantities:
        return word
    key = word.lower().replace("-", "_")
    name = (AS_QUANTITY if asked else AS_INPUT).get(key) or MEANS.get(key) or _columns().get(word, word)
    return name if name in RECORDS or name in REGISTRY.names() else word


def suggested(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for a word that is no name: what it could mean, else the names near to it."""
    known = list(known)
    could = [name for name in COULD_MEAN.get(word.lower(), ()) if name in known]
    if could:
        return "; did you mean " + " or ".join(repr(name) for name in could) + "?"
    return suggestion(word, known)
