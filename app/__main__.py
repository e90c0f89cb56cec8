"""`python -m app` is `hitchpost`."""

import sys

from app.main import main

sys.exit(main())
