"""kill -9 at random moments, and a worker that sleeps past its lease."""

import random
import signal
import time

import pytest
from chaos_bench import MULTIPLIER, kill, wait_until

TASKS = 12


@pytest.mark.chaos
def test_killed_at_random_moments_a_run_loses_and_redoes_nothing(bench):
    plan = bench.write_plan(TASKS, seconds=0.3)
    random_moment = random.Random(20261123)
    process = bench.start("run", str(plan), "--into", "repository", "--parallel", "3")
    wait_until(bench.events)
    for _ in range(round(10 * MULTIPLIER)):
        time.sleep(random_moment.uniform(0.0, 1.6))
        kill(process)
        process.wait()
        process = bench.start("run", "--resume", "--parallel", "3")
        if process.poll() == 0:
            break
    assert process.wait(120) in (0, 2), bench.log_text()  # 2: nothing is left to resume
    bench.check_everything(TASKS)


def test_a_worker_paused_past_its_lease_changes_nothing(bench):
    plan = bench.write_plan(4, seconds=1.0)
    short = ("--set", "plugins.engine.lease_seconds=2")
    sleeper = bench.start("run", str(plan), "--into", "repository", "--parallel", "2", *short)
    wait_until(lambda: any(kind == "task.claimed" for kind, *_ in bench.events()))
    kill(sleeper, signal.SIGSTOP)
    try:
        other = bench.start("run", "--resume", "--parallel", "2", *short)
        assert other.wait(60) == 0, bench.log_text()
        bench.check_everything(4)
        before = [kind for kind, *_ in bench.events()]
    finally:
        kill(sleeper, signal.SIGCONT)
    assert sleeper.wait(60) == 0, bench.log_text()
    bench.check_everything(4)
    after = [kind for kind, *_ in bench.events()][len(before) :]
    assert not [kind for kind in after if kind.startswith("task.")], after
