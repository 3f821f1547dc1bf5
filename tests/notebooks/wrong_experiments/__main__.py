"""Say of each wrong experiment of a lesson whether its claims refuse it."""

import sys

from tests.notebooks.wrong_experiments import main

sys.exit(main(sys.argv[1]))
