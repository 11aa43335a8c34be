"""The folder of tables, as LanceDB's own client opens it."""

from typing import Any

import lancedb


def database(order: dict[str, Any]) -> Any:
    """One with a session of its own."""
    access_key, secret_key = order["keys"]
    options = {
        "aws_endpoint": order["endpoint"],
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_key,
        "aws_region": order["region"],
        "aws_allow_http": "true",
    }
    return lancedb.connect(f"s3://{order['bucket']}/{order['path']}", storage_options=options)
