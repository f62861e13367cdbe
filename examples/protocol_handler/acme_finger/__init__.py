"""A transport: answers the Finger protocol with how runs stand."""
