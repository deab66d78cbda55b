"""google-api-python-client, which regrets, where it is imported, that it is run on Python 3.10."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)
    from googleapiclient.discovery import build
    from googleapiclient.errors import HttpError
    from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload

__all__ = ["HttpError", "MediaIoBaseDownload", "MediaIoBaseUpload", "build"]
