import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "embedding" / "test_in_pytest.py"


def test_a_programs_own_tests_use_the_fixtures(tmp_path):
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(EXAMPLE)]
    done = subprocess.run(
        [*argv, f"--rootdir={tmp_path}", "-c", "/dev/null"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
