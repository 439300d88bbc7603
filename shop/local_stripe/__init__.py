"""A small local Stripe for development, tests and the demo.

Run it with `python -m shop.local_stripe --port 8001`. It keeps what Stripe keeps (intents, charges, refunds,
transfers, accounts, events), honours idempotency keys, refuses what Stripe refuses and sends signed webhooks.
It stands on the standard library alone, so that the real SDK at the other end is checked against an
independent reading of the API.

    __main__.py         the command line
    server.py           HTTP: reading requests, sending answers, faults
    api.py              from a request to an answer: keys, contract, idempotency, expand
    contract.py         checks parameters against contract.json, which is derived from the SDK
    state.py            what every object needs: the store, the clock, ids, metadata, events
    reading.py          one object, a page of a list, expand; search.py: the search of intents
    store.py            objects in memory, written through to sqlite
    payment_intents.py  charges.py  refunds.py  transfers.py  accounts.py  customers.py  disputes.py
    paying.py           an attempt to pay: authentication, processing, success, failure
    cards.py            the test payment methods and how each behaves
    webhooks.py         signed delivery of events
    control.py          what only a test may do: /_control; faults.py: the faults it orders
    pages.py            what a buyer or a maker would see in the browser: authentication, onboarding
"""
