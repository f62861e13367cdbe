"""The short way for the calls that are most: decoded, dispatched and written here, without the SDK.

What is not plainly one of these goes the SDK's way, and no answer differs but in the order of its keys: tests
compare the two, and the conformance suite runs over both.
"""
