"""A thread that outlives its test."""

import threading

import tripwire

stop = threading.Event()


def work():
    stop.wait()


def test_worker():
    with tripwire:
        threading.Thread(target=work, name="worker").start()


def test_the_next_one():
    stop.set()
