"""A trip in a thread, after the sandbox has closed."""

import shop

import tripwire


def test_report():
    with tripwire:
        worker = shop.report_later(lambda: shop.try_to_order("tea"))

    worker.join()
