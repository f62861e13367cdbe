"""The ledger plugin: operations that check, copy and mend whatever storage is in use."""
