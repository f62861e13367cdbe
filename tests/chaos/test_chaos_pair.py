"""Two processes that resume the same run at the same moment share it."""

from collections import Counter

from chaos_bench import kill, wait_until

TASKS = 9


def test_two_processes_resume_one_run_at_the_same_time(bench):
    plan = bench.write_plan(TASKS, seconds=0.4)
    first = bench.start("run", str(plan), "--into", "repository", "--parallel", "1")
    wait_until(lambda: any(kind == "run.started" for kind, *_ in bench.events()))
    kill(first)
    first.wait()
    pair = [bench.start("run", "--resume", "--parallel", "2") for _ in range(2)]
    assert [process.wait(120) for process in pair] == [0, 0], bench.log_text()
    bench.check_everything(TASKS)
    merged = Counter(task for kind, task, _ in bench.events() if kind == "task.merging")
    assert sum(merged.values()) - len(merged) <= TASKS, merged
