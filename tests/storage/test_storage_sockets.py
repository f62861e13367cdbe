"""The sockets that wake other processes, where many open and close the same store at once."""

import threading

from mosaic_sql.peers import Peers, directory_for


def test_many_open_and_close_at_once(tmp_path):
    path, failures = str(tmp_path / "mosaic.db"), []

    def open_and_close():
        try:
            for _ in range(60):
                Peers(path).close()
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert not directory_for(path).exists()
