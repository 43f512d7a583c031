// Asks one URL over TLS, as Go's own client does, and prints the body, by the proxy that https_proxy names: CA-FILE URL [ADDRESS to connect to].
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	pem, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = http.ProxyFromEnvironment
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	if len(os.Args) > 3 {
		transport.DialContext = func(to context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(to, network, os.Args[3])
		}
	}
	answer, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(body))
}
