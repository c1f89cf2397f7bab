"""Warm kernels, through Jupyter's own kernel manager."""

import os
import signal

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from autograder.kernels import commands
from autograder.kernels.warm import Warm


@pytest.fixture(scope="module")
def warm():
    found = Warm.instance()
    assert found.ready(180)
    yield found
    found.sock.close()
    found.process.wait(20)


@pytest.fixture
def specs(tmp_path):
    import json

    folder = tmp_path / "kernels" / commands.NAME
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(commands.SPECIFICATION))
    return KernelSpecManager(kernel_dirs=[str(folder.parent)], ensure_native_kernel=False)


@pytest.fixture
def kernel(warm, specs, tmp_path):
    manager = KernelManager(kernel_name=commands.NAME, kernel_spec_manager=specs)
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "MARK": "mine"})
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(60)
    yield manager, client
    client.stop_channels()
    if manager.is_alive():
        manager.shutdown_kernel(now=True)


def ask(client, code):
    """What the last expression of ``code`` shows, or the name of its error."""
    found = []

    def hook(message):
        content = message["content"]
        if message["msg_type"] == "execute_result":
            found.append(content["data"]["text/plain"])
        elif message["msg_type"] == "error":
            found.append(content["ename"])

    client.execute_interactive(code, timeout=60, output_hook=hook)
    return found[-1] if found else None


def told(client, code):
    """What ``code`` prints, and the message of its error."""
    found = []

    def hook(message):
        content = message["content"]
        found.append(content.get("text", "") + content.get("evalue", ""))

    client.execute_interactive(code, timeout=60, output_hook=hook)
    return "".join(found)


def test_a_check_mentions_that_the_cell_before_it_stopped(kernel):
    _, client = kernel
    check = "with checks.task('one-line'):\n    checks.numbers(answer, {})"
    told(client, "from autograder import checks; answer = 2")
    for broken, kind in (("answer = 3)", "SyntaxError"), ("answer = absent", "NameError")):
        for truth, mark in ((2, "✔"), (3, "✘")):
            assert "But mind" not in told(client, check.format(truth))
            told(client, broken)
            said = told(client, check.format(truth))
            assert said.startswith(mark) and f"ran before this one stopped with {kind}" in said
            assert "But mind" not in told(client, check.format(truth)), "a red check stops as well"


def test_a_kernel_is_a_fork_with_tensorflow_imported(warm, kernel, tmp_path):
    manager, client = kernel
    assert manager.provisioner.pid == manager.provisioner.process.pid
    assert ask(client, "import os; os.getppid()") == str(warm.process.pid)
    assert ask(client, "import sys; 'tensorflow' in sys.modules") == "True"
    assert ask(client, "os.getcwd()") == repr(str(tmp_path))
    assert ask(client, "os.environ['MARK']") == "'mine'"
    code = "import keras; int(keras.ops.sum(keras.ops.ones(3)))"
    assert ask(client, code) == "3"


def test_a_kernel_can_be_interrupted_and_restarted(warm, kernel):
    manager, client = kernel
    told = client.execute("print('going', flush=True)\nwhile True: pass")
    while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != told:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    ask(client, "kept = 1")
    before = manager.provisioner.pid
    manager.restart_kernel(now=True)
    client.wait_for_ready(60)
    assert manager.provisioner.pid != before
    assert ask(client, "kept") == "NameError"
    assert ask(client, "import os; os.getppid()") == str(warm.process.pid)


def test_kernels_know_nothing_of_each_other(warm, kernel, specs):
    _, client = kernel
    ask(client, "import keras; keras.secret = 1")
    other = KernelManager(kernel_name=commands.NAME, kernel_spec_manager=specs)
    other.start_kernel()
    second = other.client()
    second.start_channels()
    try:
        second.wait_for_ready(60)
        assert ask(second, "import keras; hasattr(keras, 'secret')") == "False"
    finally:
        second.stop_channels()
        other.shutdown_kernel(now=True)


def test_a_kernel_that_dies_is_noticed(kernel):
    manager, _ = kernel
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    assert manager.provisioner.process.wait(20) == -signal.SIGKILL
    assert not manager.is_alive()


def test_a_command_that_is_not_this_python_starts_as_usual(warm):
    from autograder.kernels.provisioner import _module_and_arguments

    assert _module_and_arguments(["/bin/sh", "-m", "ipykernel_launcher"]) is None
    assert warm.fork(None, {}) is None


def test_the_specification_is_installed(tmp_path, monkeypatch):
    from click.testing import CliRunner

    monkeypatch.setattr("sys.prefix", str(tmp_path))
    done = CliRunner().invoke(commands.kernel, [])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "share/jupyter/kernels/footguns/kernel.json").exists()
