"""`python -m engine push`: a finished export's files to a model hub or an S3 bucket (docs/adr/0027).

names       which names may be named; light, the web process asks it
parcel      the files, held against their sums before anything leaves
watch       how far it is, and whether somebody asks it to end
hub, s3     one `push(settings, parcel, watch)` each; nothing else imports their clients
push        the job: tries again what may pass, says where the files arrived
"""
