export default function Page() {
  return (
    <main>
      <h1>Orders</h1>
      <p>Rendered on the server; the banner comes with hydration.</p>
    </main>
  );
}
