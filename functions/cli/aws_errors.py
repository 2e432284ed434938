"""What AWS's client says, in words that tell what to do."""

from __future__ import annotations

from botocore import exceptions


def explained(error: Exception, *, region_option: str = "") -> str:
    """One line about an error; of those that are not AWS's, their own words. `region_option`: the command's, if it has one."""
    match error:
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError() | exceptions.ProfileNotFound():
            return f"no AWS credentials ({error}): set AWS_PROFILE, or configure some"
        case exceptions.NoRegionError():
            return f"no AWS region: {f'give {region_option}, or ' if region_option else ''}set AWS_REGION"
        case exceptions.ClientError() | exceptions.BotoCoreError():
            return f"AWS: {error}"
    return str(error)
