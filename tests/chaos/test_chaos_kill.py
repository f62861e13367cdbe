"""kill -9 at random moments, and a worker that sleeps past its lease."""

import random
import signal
import time

import pytest
from chaos_bench import MULTIPLIER, kill, wait_until

TASKS, KILLS = (21, 10) if MULTIPLIER > 1 else (14, 5)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(max(1, round(MULTIPLIER))))
def test_killed_at_random_moments_a_run_loses_and_redoes_nothing(bench, seed):
    plan = bench.write_plan(TASKS, seconds=0.3)
    random_moment = random.Random(seed)
    process = bench.start("run", str(plan), "--into", "repository", "--parallel", "3")
    wait_until(bench.events)
    kills = 0
    while kills < KILLS:
        time.sleep(random_moment.uniform(0.0, 1.6))
        if process.poll() is not None:
            break
        kill(process)
        process.wait()
        kills += 1
        process = bench.start("run", "--resume", "--parallel", "3")
    assert process.wait(120) in (0, 2), bench.log_text()  # 2: nothing is left to resume
    assert kills > KILLS // 2
    bench.check_everything(TASKS)


def test_a_worker_paused_past_its_lease_changes_nothing(bench):
    plan = bench.write_plan(4, seconds=1.0)
    short = ("--set", "plugins.engine.lease_seconds=2")
    sleeper = bench.start("run", str(plan), "--into", "repository", "--parallel", "2", *short)
    wait_until(lambda: any(kind == "task.claimed" for kind, *_ in bench.events()))
    bench.pause(sleeper)
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
