import numpy as np
import pytest

from carbonsweep.kernels.llmcarbon import device_count
from carbonsweep.kernels.transformer import parameters

# Narayanan et al. 2021 Table 1: heads, h, l, t, p, GPUs, batch, TFLOP/s for each GPU
MEGATRON = np.array(
    [
        (24, 2304, 24, 1, 1, 32, 512, 137),
        (32, 3072, 30, 2, 1, 64, 512, 138),
        (32, 4096, 36, 4, 1, 128, 512, 142),
        (48, 6144, 40, 8, 1, 256, 1024, 135),
        (64, 8192, 48, 8, 2, 512, 1536, 138),
        (80, 10240, 60, 8, 4, 1024, 1792, 140),
        (96, 12288, 80, 8, 8, 1536, 2304, 148),
        (128, 16384, 96, 8, 16, 1920, 2160, 155),
        (128, 20480, 105, 8, 35, 2520, 2520, 163),
        (160, 25600, 128, 8, 64, 3072, 3072, 163),
    ],
    dtype=float,
)
_, HIDDEN, LAYERS, TENSOR, PIPELINE, DEVICES, BATCH, THROUGHPUT = MEGATRON.T
SIZE = parameters.parameters_narayanan(LAYERS, HIDDEN, 51200.0, 2048.0)
SMALL, LARGE, WHOLE_NODE = SIZE < 20e9, SIZE > 70e9, TENSOR >= 8


@pytest.mark.parametrize(
    ("x", "y", "rows", "printed"),
    [
        (SIZE, THROUGHPUT, SMALL, ["-8.82079068e-20", "1.68591116e-09", "1.33954735e+02"]),
        (SIZE, THROUGHPUT, WHOLE_NODE, ["-5.60233749e-23", "8.45435587e-11", "1.34546129e+02"]),
        (SIZE, DEVICES, LARGE, ["-2.12910565e-21", "4.39684339e-09", "7.99173057e+02"]),
        (PIPELINE, BATCH, WHOLE_NODE, ["-4.29439186e-01", "5.21376002e+01", "1.43737095e+03"]),
        (SIZE, DEVICES, SMALL, ["1.31381254e-08", "1.77462653e+01"]),
        (SIZE, DEVICES, WHOLE_NODE, ["-3.48420436e-21", "6.13525744e-09", "3.91960713e+02"]),
        (SIZE, THROUGHPUT / 312, SMALL, ["-2.82717650e-22", "5.40356141e-12", "4.29342100e-01"]),
        (SIZE, THROUGHPUT / 312, WHOLE_NODE, ["-1.79562099e-25", "2.70972945e-13", "4.31237594e-01"]),
    ],
)
def test_regressions_refitted(x, y, rows, printed):
    fitted = np.polyfit(x[rows], y[rows], len(printed) - 1)
    assert [f"{value:.8e}" for value in fitted] == printed


def test_batch_regression_refitted():
    fitted = np.polyfit(np.log(SIZE), np.log(BATCH / DEVICES), 2)
    assert [f"{value:.8f}" for value in fitted] == ["0.04186420", "-2.46672581", "36.14288189"]


def test_exact_sizes(evaluate):
    # LLMCarbon analysis/all_data.csv: est_gpu_dense and throughput with the exact parameter count
    n = [39, 64, 116, 264, 624, 832, 1216, 1904, 2688, 2968]
    x = [
        136.49945,
        138.84095,
        141.62559,
        135.03401,
        137.76581,
        140.65170,
        145.66953,
        155.37729,
        163.6072,
        162.8416,
    ]
    for size, devices, throughput in zip(SIZE, n, x, strict=True):
        model = {"sizing_parameters": size, "device_memory": 80, "peak_flops": 312e12}
        assert evaluate("optimal_devices", **model) == devices
        assert evaluate("optimal_throughput", **model) / 1e12 == pytest.approx(throughput, abs=5.1e-6)


def test_first_generation(evaluate, golden):
    # as the authors' code on the 80 GB A100, except that a batch without a pipeline stays at 512
    first = {"*": "first_generation"}
    for row in golden["predict_num_throughput"]:
        if row["mem_gb"] == 80:
            model = {
                "sizing_parameters": row["params_b"] * 1e9,
                "device_memory": 80,
                "devices_per_node": row["node"],
            }
            assert evaluate("optimal_devices", first, **model) == row["n"]
            assert evaluate("optimal_batch", first, **model) == (512 if row["p"] == 1 else row["batch"])


@pytest.mark.parametrize("generation", ["first_generation", "second_generation"])
@pytest.mark.parametrize("factor", [2.0, 2.5])
@pytest.mark.parametrize("billions", [0.1, 1.7, 7.5, 11, 18.4, 39.1, 175, 530, 1008])
def test_devices_fill_whole_replicas(evaluate, generation, factor, billions):
    model = {"sizing_parameters": billions * 1e9, "device_memory": 40, "device_count_factor": factor}
    d = evaluate("data_parallel", {"*": generation}, **model)
    assert d >= 1
    assert d == np.rint(d)


def test_40_gb_doubles_devices():
    assert device_count.optimal_devices(145.6e9, 8.0, 16.0, 2.0) == 2 * device_count.optimal_devices(
        145.6e9, 8.0, 16.0, 1.0
    )


def test_range(evaluate):
    for quantity in ("optimal_devices", "optimal_batch", "optimal_efficiency"):
        assert np.isnan(evaluate(quantity, sizing_parameters=1.02e12, device_memory=80))
        tiny, least = (evaluate(quantity, sizing_parameters=size, device_memory=80) for size in (1e6, 0.5e9))
        assert tiny == least
    assert evaluate("devices", sizing_parameters=175e9, device_memory=80) == 1360


def test_large_memory_leaves_the_small_fit():
    # 43 billion parameters fit in a node of 8 x 180 GB; the fit below 20 billion would give 13 % there
    assert device_count.optimal_devices(43e9, 8.0, 1.0, 1.0) == device_count.optimal_devices(43e9, 4.0, 2.0, 1.0)
