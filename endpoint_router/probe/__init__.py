"""What is observed: DNS answers, TCP connects, and how long either may be believed.

Nothing here knows AWS names, botocore or what a policy demands of a call; importing this package
imports none of its modules, because dnspython is slower to load than a look-up is to make.
"""
