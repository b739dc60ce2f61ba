"""The supervisor keeps its children alive, says when one crashed, and stops all of them."""

import os
import signal
import subprocess
import sys

import pytest

from instructstudio.supervisor import home
from instructstudio.supervisor.children import Child
from instructstudio.supervisor.supervise import Supervisor
from tests.training.studio import PATIENCE, until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def supervise(tmp_path):
    made = []

    def start(*children):
        said = []
        supervisor = Supervisor(
            list(children), cwd=tmp_path, logs=tmp_path / "logs", say=said.append
        )
        supervisor.start_all()
        made.append(supervisor)
        return supervisor, said

    yield start
    for supervisor in made:
        supervisor.stop_all()


def test_a_crashed_child_is_restarted_and_said_so(supervise):
    supervisor, said = supervise(Child("worker", SLEEPER))
    first = supervisor.running["worker"]
    first.kill()
    until(lambda: first.poll() is not None)
    supervisor.revive()
    assert supervisor.running["worker"].pid != first.pid
    assert supervisor.running["worker"].poll() is None
    log = supervisor.logs / "worker.log"
    assert said == [f"worker ended with code -9; restarting it (its log: {log})"]


def test_a_child_that_keeps_crashing_waits_longer_each_time(supervise):
    supervisor, said = supervise(Child("broken", [sys.executable, "-c", "raise SystemExit(7)"]))

    def crashed_three_times():
        supervisor.revive()
        return len(said) == 3

    until(crashed_three_times)
    assert [one.partition(" (its log")[0] for one in said] == [
        "broken ended with code 7; restarting it",
        "broken ended with code 7; restarting it in 1 s",
        "broken ended with code 7; restarting it in 2 s",
    ]


def test_what_a_child_prints_goes_into_its_log(supervise):
    supervisor, _ = supervise(Child("talker", [sys.executable, "-c", "print('good morning')"]))
    supervisor.running["talker"].wait(PATIENCE)
    assert (supervisor.logs / "talker.log").read_text() == "good morning\n"


def test_stopping_ends_every_child_and_the_broker_last(supervise, tmp_path):
    note = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2] + ' '); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nopen(sys.argv[1] + sys.argv[2], 'w').close()\ntime.sleep(600)"
    )
    supervisor, _ = supervise(
        *(
            Child(name, [sys.executable, "-c", code, str(note), name], stop_seconds=PATIENCE)
            for name in ("redis", "web")
        )
    )
    until(lambda: (tmp_path / "orderredis").exists() and (tmp_path / "orderweb").exists())
    supervisor.stop_all()
    assert note.read_text().split() == ["web", "redis"]
    assert all(process.poll() is not None for process in supervisor.running.values())


def test_a_child_that_ignores_the_signal_is_killed(supervise, tmp_path):
    ready = tmp_path / "ready"
    code = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open(sys.argv[1], 'w').close(); time.sleep(600)"
    supervisor, said = supervise(
        Child("deaf", [sys.executable, "-c", code, str(ready)], stop_seconds=0.2)
    )
    until(ready.exists)
    supervisor.stop_all()
    assert supervisor.running["deaf"].poll() == -signal.SIGKILL
    assert said == ["deaf did not end in 0.2 s; killed"]


def test_two_studios_cannot_share_a_home(tmp_path):
    with home.lock(tmp_path), pytest.raises(home.HomeInUse, match="STUDIO_HOME"):
        home.lock(tmp_path)
    home.lock(tmp_path).close()


def test_a_port_in_use_is_said_before_anything_starts(live_server):
    with pytest.raises(home.PortInUse, match="PORT="):
        home.require_free_port(live_server.thread.host, live_server.thread.port)


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_children_die_with_a_killed_supervisor(tmp_path):
    code = (
        "import sys, time, pathlib\n"
        "from instructstudio.supervisor.children import Child\n"
        "from instructstudio.supervisor.supervise import Supervisor\n"
        f"s = Supervisor([Child('child', {SLEEPER!r})], cwd=pathlib.Path('.'), logs=pathlib.Path(sys.argv[1]), say=print)\n"
        "s.start_all(); print(s.running['child'].pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        child = int(supervisor.stdout.readline())
        supervisor.kill()
    until(lambda: not _alive(child))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
