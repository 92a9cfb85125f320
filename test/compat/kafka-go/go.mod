module ottla/compat/kafka-go

go 1.26.0

replace ottla/compat/lines => ../go-lines

require ottla/compat/lines v0.0.0

require github.com/segmentio/kafka-go v0.4.51

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/stretchr/testify v1.8.1 // indirect
	golang.org/x/net v0.59.0 // indirect
)
