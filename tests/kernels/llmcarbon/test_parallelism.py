import pytest

from carbonsweep.kernels.llmcarbon import parallelism


def test_authors_code(evaluate, golden):
    # predict_num_throughput, executed: integers exact, TFLOP/s within 1e-8
    bug = {"*": "bug_compatible"}
    for row in golden["predict_num_throughput"]:
        machine = {"sizing_parameters": row["params_b"] * 1e9, "device_memory": row["mem_gb"]}
        machine |= {"devices_per_node": row["node"]}
        assert evaluate("tensor_parallel", bug, **machine) == row["t"]
        assert evaluate("pipeline_parallel", bug, **machine) == row["p"]
        assert evaluate("optimal_devices", bug, **machine) == row["n"]
        assert evaluate("data_parallel", bug, **machine) == row["d"]
        assert evaluate("optimal_batch", bug, **machine) == row["batch"]
        throughput = evaluate("optimal_throughput", bug, **machine)
        assert throughput / 1e12 == pytest.approx(row["tflops"], rel=1e-10, abs=1e-8)
        assert evaluate("optimal_efficiency", bug, **machine) == pytest.approx(row["eff"], rel=1e-12)


@pytest.mark.parametrize(
    ("billions", "t", "p", "n", "d", "batch", "tflops"),
    [  # LLMCarbon Dense_Graphs notebook, 8 devices of 80 GB a node
        (0.55, 1, 1, 25, 25, 800, 134.8553),
        (1.7, 1, 1, 40, 40, 560, 136.5659),
        (3.6, 2, 1, 66, 33, 561, 138.8808),
        (7.5, 4, 1, 116, 29, 638, 141.6374),
        (11, 5, 1, 160, 32, 704, 141.8266),
        (13, 6, 1, 186, 31, 744, 140.9644),
        (18.4, 8, 1, 256, 32, 864, 135.1118),
        (20, 8, 2, 512, 32, 1664, 136.2146),
        (39.1, 8, 3, 624, 26, 1482, 137.7661),
        (76.1, 8, 4, 832, 26, 1560, 140.6555),
        (145.6, 8, 8, 1216, 19, 1824, 145.6680),
        (175, 8, 10, 1360, 17, 1870, 147.6255),
        (310.1, 8, 17, 1904, 14, 2380, 155.3758),
        (529.6, 8, 28, 2688, 12, 3024, 163.6072),
        (1008, 8, 53, 2968, 7, 2968, 162.8427),
    ],
)
def test_second_generation(evaluate, billions, t, p, n, d, batch, tflops):
    model = {"sizing_parameters": billions * 1e9, "device_memory": 80, "peak_flops": 312e12}
    assert evaluate("tensor_parallel", **model) == t
    assert evaluate("pipeline_parallel", **model) == p
    assert evaluate("optimal_devices", **model) == n
    assert evaluate("data_parallel", **model) == d
    assert evaluate("optimal_batch", **model) == batch
    assert evaluate("optimal_throughput", **model) / 1e12 == pytest.approx(tflops, abs=5.1e-5)


def test_mixture_of_experts_grows_by_stages(evaluate):
    model = {"parameters": 64e9, "active_parameters": 20e9, "experts": 64, "device_memory": 80}
    n, t = evaluate("optimal_devices", **model), evaluate("tensor_parallel", **model)
    assert (n, t) == (512, 8)
    assert evaluate("pipeline_parallel", **model) == n / t
    assert evaluate("data_parallel", **model) == 1
    assert evaluate("expert_parallel", **model) == 64
    assert evaluate("expert_parallel") == 1
    # the authors' code sizes the base model and treats it as dense
    base = {"sizing_parameters": 2.3e9, "device_memory": 32, "experts": 64}
    bug = {"*": "bug_compatible"}
    assert evaluate("optimal_devices", bug, **base) == 2025
    assert evaluate("data_parallel", bug, **base) == 675
    assert evaluate("optimal_throughput", bug, **base) / 1e12 == pytest.approx(42.270846, abs=1e-6)


def test_sizing():
    assert parallelism.device_capacity(80.0) == 2.4e9
