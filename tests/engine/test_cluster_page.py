"""The lines of docs/clusters.md that no test can run: what they ask of a batch system or of Kubernetes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text()


def _arguments(call: str) -> str:
    """The keyword arguments with which the page calls something, as source text."""
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call:
                return ", ".join(ast.unparse(keyword) for keyword in node.keywords)
    raise AssertionError(call)


def _printed(script: str) -> str:
    """What a script prints in a process of its own: these packages leave event loops behind."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_slurm_and_pbs() -> None:
    arguments = _arguments("SLURMCluster")
    extra = re.search(r'`(resource_spec="[^`]*)`', PAGE)
    assert extra is not None
    script = "from dask_jobqueue import PBSCluster, SLURMCluster\n"
    local = "scheduler_options={'host': '127.0.0.1', 'dashboard': False}"
    for kind, more in (("SLURMCluster", ""), ("PBSCluster", f", {extra[1]}")):
        script += f"with {kind}({arguments}{more}, {local}) as cluster: print(cluster.job_script())\n"
    text = _printed(script)
    assert text.count("--nthreads 1") == text.count("--nworkers 32") == 2
    assert "#SBATCH --cpus-per-task=32" in text
    assert "#SBATCH -t 01:00:00" in text
    assert "#PBS -l select=1:ncpus=32:mem=64GB" in text


def test_kubernetes() -> None:
    script = (
        f"from dask_kubernetes.operator import make_cluster_spec\nprint(make_cluster_spec({_arguments('KubeCluster')}))"
    )
    spec = ast.literal_eval(_printed(script))
    assert spec["kind"] == "DaskCluster"
    worker = spec["spec"]["worker"]
    assert worker["replicas"] == 16
    assert worker["spec"]["containers"][0]["image"] == "registry/carbonsweep:0.1.0"


def test_ssh() -> None:
    found = re.search(r"dask ssh (.*)", PAGE)
    assert found is not None
    known = _printed("import sys; sys.argv = ['dask', 'ssh', '--help']; from dask.__main__ import main; main()")
    for option in re.findall(r"--[a-z]+", found[1]):
        assert option in known
