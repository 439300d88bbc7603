"""`make demo-reset`: forgets the demo's data, unless a demo is running on it."""

import shutil
import sys

from config import embedded_postgres
from config.database import data_dir

# Not the tests' server, which lives beside it.
FORGOTTEN = ("postgres", "postgres.new", "postgres.log", "run", "media", "logs", "local_stripe.sqlite3", "static")


def main() -> int:
    folder = data_dir()
    if embedded_postgres.is_in_use(folder):
        print("The demo is running (or another command uses its database). Stop it first.", file=sys.stderr)
        return 1
    for name in FORGOTTEN:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for extra in folder.glob("local_stripe.sqlite3-*"):
        extra.unlink()
    print(f"The demo's data in {folder} is gone; `make demo` begins anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
