"""Background entry points of browsing."""

from procrastinate.contrib.django import app

from catalog.browse import services


@app.periodic(cron="*/10 * * * *")
@app.task(name="catalog.browse.refresh_vocabulary", queueing_lock="catalog.browse.refresh_vocabulary")
def refresh_vocabulary(timestamp: int) -> None:
    services.refresh_vocabulary()
