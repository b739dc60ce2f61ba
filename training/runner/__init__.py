"""Carries out one job: lease, run directory, engine process, events, outcome.

attempt.work()      claim → prepare → drive → gather → settle; start reading there
process.py          the engine's process, which ends when we do
heartbeat.py        keeps the lease alive while a model trains
gauges.py           what the machine does meanwhile: cores, memory, GPUs
wishes.py           what people ask of the job, passed on to the process
outcome.py          what an exit code means
shutdown.py         how a worker's end reaches the job it works on
"""
