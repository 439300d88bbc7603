"""Background entry points of pictures."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from catalog.media import services

# 10 s, 100 s, 17 min, 3 h, a day: a maker's old shop may be down for a night.
PATIENT = RetryStrategy(max_attempts=5, exponential_wait=10)


@app.task(name="catalog.media.fetch_pictures", retry=PATIENT)
def fetch_pictures(product_id: int) -> None:
    services.fetch_pictures(product_id)


# Behind everything that somebody waits for.
@app.task(name="catalog.media.make_renditions", retry=PATIENT, priority=-10)
def make_renditions(image_id: int, original: str) -> None:
    services.make_renditions(image_id=image_id, original=original)
