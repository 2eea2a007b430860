"""``python -m vqa_toolkit`` is the ``vqa`` command."""

import sys

from vqa_toolkit.cli import main

sys.exit(main())
