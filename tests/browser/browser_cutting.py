"""A place between the browser and the profile where connections are cut."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Cuttable:
    """Forwards bytes from a port of its own to where a profile is served; `cut` ends every connection, and lets
    no new one through before `mend`.
    """

    def __init__(self, url):
        self._target = ("127.0.0.1", urlsplit(url).port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._pairs = []
        self._threads = []
        self._is_cut = False
        self._lock = threading.Lock()
        self._begin(self._accept)

    def cut(self):
        """End all connections in the middle of whatever they carry."""
        with self._lock:
            self._is_cut = True
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _shut(end)

    def mend(self):
        """Let connections through again."""
        self._is_cut = False

    def close(self):
        """Forward nothing any more."""
        _shut(self._listening)
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def _begin(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                near.close()
                continue
            far = socket.create_connection(self._target)
            left = [2]
            with self._lock:
                self._pairs.append((near, far))
            for source, target in ((near, far), (far, near)):
                self._begin(self._carry, source, target, left, (near, far))

    def _carry(self, source, target, left, pair):
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in pair:
            _shut(end)
        with self._lock:
            left[0] -= 1
            if not left[0]:
                for end in pair:
                    end.close()


def _shut(end):
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
