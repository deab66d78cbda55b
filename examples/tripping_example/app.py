"""A shop that charges customers, and hides what goes wrong."""

from __future__ import annotations

import httpx

PAYMENTS = "https://payments.example.com"


def charge(customer: str, cents: int) -> bool:
    """Charge a customer; whether it worked."""
    try:
        httpx.post(f"{PAYMENTS}/charges", json={"customer": customer, "cents": cents}).raise_for_status()
        httpx.post(f"{PAYMENTS}/receipts", json={"customer": customer}).raise_for_status()
    except Exception:  # noqa: BLE001 - the bad habit this example is about
        return False
    return True
