"""``python -m mosaic_cli`` is ``mosaic``."""

from .main import main

main()
