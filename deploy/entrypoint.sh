#!/bin/sh
# `scheduled` is one audit with its evidence; anything else is a command of tenantproof.
# AUDIT_ROLE, EXTERNAL_ID and COPY_TO say what is read and where its evidence goes; AUDIT_OPTIONS adds options.
set -eu
if [ "${1:-}" != scheduled ]; then
  exec tenantproof "$@"
fi
# The history of the audits before lies with their evidence. Without one this audit is the first; where S3 refuses
# to say, nothing is audited, for a history begun anew would look as if nothing had ever been found.
python - "$COPY_TO" <<'PYTHON'
import sys

import boto3
from botocore.exceptions import ClientError

bucket, _, prefix = sys.argv[1].removeprefix("s3://").partition("/")
try:
    boto3.client("s3").download_file(bucket, f"{prefix}/history.db".lstrip("/"), "history.db")
except ClientError as error:
    if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
        raise
    print("no history yet: this is the first audit", file=sys.stderr)
PYTHON
stamp=$(date -u +%Y%m%dT%H%M%SZ)
# The options are words, and are meant to be split.
# shellcheck disable=SC2086
exec tenantproof audit --role "$AUDIT_ROLE" --external-id "$EXTERNAL_ID" --preset audit \
  --out "snapshot-$stamp" --history history.db --copy-to "$COPY_TO" \
  --bundle "audit-$stamp.zip" --include-inputs \
  --format "json=audit-$stamp.json" --format "html=audit-$stamp.html" --format "pdf=audit-$stamp.pdf" --format text \
  ${AUDIT_OPTIONS:-}
