"""Areas of attempts come and go at the same time."""

import threading

from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.area import create_area, remove_area


def test_one_attempt_begins_while_the_run_s_last_one_ends(tmp_path):
    failures = []

    def come_and_go(number):
        request = WorkspaceRequest(run_id="r", task_id=f"t{number}", token=1)
        try:
            for _ in range(200):
                remove_area(create_area(tmp_path, request))
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=come_and_go, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
