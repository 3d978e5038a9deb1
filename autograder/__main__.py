"""`python -m autograder` is `autograder`."""

import sys

from autograder.edges.cli.main import main

sys.exit(main())
