"""The program that the tests are about."""

import subprocess
import threading
import time

import asyncpg
import httpx

ADDRESS = "https://shop.example.com"


def price(tea, api_key=None):
    query = {} if api_key is None else {"api_key": api_key}
    return httpx.get(f"{ADDRESS}/prices/{tea}", params=query).json().get("cents")


def order(tea, card="4111-1111"):
    return httpx.post(f"{ADDRESS}/orders", json={"tea": tea, "secret": card}).status_code


def try_to_order(tea):
    try:
        return order(tea)
    except Exception:  # noqa: BLE001
        return None


def order_stubbornly(tea):
    try:
        return order(tea)
    except Exception:  # noqa: BLE001
        return try_to_order(tea)


def branch() -> str:
    return subprocess.run(["git", "branch", "--show-current"], capture_output=True, text=True).stdout.strip()


def release(tag, token):
    git = subprocess.Popen(["git", "push", "--password", token, tag], stdout=subprocess.PIPE)
    return git.wait()


async def customer(number):
    connection = await asyncpg.connect(host="db.example.com", user="shop", password="s3cret")
    row = await connection.fetchrow("SELECT name FROM customers WHERE id = $1", number)
    await connection.close()
    return row and row.get("name")


def report_later(function):
    worker = threading.Thread(target=lambda: (time.sleep(0.05), function()), name="reporter")
    worker.start()
    return worker
