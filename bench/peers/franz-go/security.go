package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// security is how to connect: plainly, or by TLS with SASL where BENCH_SECURITY says as whom.
func security() []kgo.Opt {
	text, given := os.LookupEnv("BENCH_SECURITY")
	if !given {
		return nil
	}
	var as struct{ User, Password, Certificate string }
	check(json.Unmarshal([]byte(text), &as))
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(as.Certificate))
	return []kgo.Opt{
		kgo.DialTLSConfig(&tls.Config{RootCAs: trusted}),
		kgo.SASL(plain.Auth{User: as.User, Pass: as.Password}.AsMechanism()),
	}
}
