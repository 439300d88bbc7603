"""Background entry points of personalization."""

from procrastinate.contrib.django import app

from catalog.personalization import files


@app.task(name="catalog.personalization.remove_file", retry=5)
def remove_file(name: str) -> None:
    files.remove(name)
