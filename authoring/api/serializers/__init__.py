"""What authoring looks like over REST: `…Serializer` is answered, `…Request` is asked."""
