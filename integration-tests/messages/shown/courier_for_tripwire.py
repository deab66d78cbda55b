from typing import ClassVar

import tripwire


class CourierPlugin(tripwire.Plugin):
    name = "courier"
    tested_with: ClassVar = {"courier": ">=1,<3"}

    @classmethod
    def targets(cls):
        return (tripwire.Target("courier:", "send", lambda genuine: genuine),)
